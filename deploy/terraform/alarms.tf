resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = toset(var.alarm_emails)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  balancer = { LoadBalancer = aws_lb.this.arn_suffix }
  target   = { LoadBalancer = aws_lb.this.arn_suffix, TargetGroup = aws_lb_target_group.this.arn_suffix }
  service  = { ClusterName = aws_ecs_cluster.this.name, ServiceName = aws_ecs_service.this.name }

  # What the log tells: message of the server's log -> metric.
  told = {
    refused-versions  = { pattern = "{ $.message = \"*version refused*\" }", about = "A version failed its self-test or its files are damaged; an older one serves. /v1/predictors says why." }
    drift             = { pattern = "{ $.message = \"inputs drift*\" }", about = "The pictures as a whole are unlike the calibration data: docs/operations.md, Drift." }
    models-not-copied = { pattern = "{ $.message = \"models not copied\" }", about = "A task could not copy the store; what it has loaded serves on." }
  }

  alarms = merge({
    errors = {
      about      = "Over 1 % of the answers are 5xx, 503 for overload included."
      expression = "100 * errors / IF(requests > 0, requests, 1)"
      metrics    = { errors = ["HTTPCode_Target_5XX_Count", "Sum"], requests = ["RequestCount", "Sum"] }
      dimensions = local.target
      threshold  = 1
    }
    balancer-errors = {
      about      = "The load balancer itself answers 5xx: no task is ready, or tasks close connections."
      metric     = ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum"]
      dimensions = local.balancer
      threshold  = 10
    }
    latency = {
      about      = "The 99th percentile of the time to an answer is over ${var.latency_seconds} s."
      metric     = ["AWS/ApplicationELB", "TargetResponseTime", "p99"]
      dimensions = local.target
      threshold  = var.latency_seconds
    }
    not-ready = {
      about      = "A task does not answer /readyz with 200."
      metric     = ["AWS/ApplicationELB", "UnHealthyHostCount", "Maximum"]
      dimensions = local.target
      threshold  = 0
    }
    cpu = {
      about      = "The CPU is at ${var.cpu_percent + 20} % although tasks were added: tasks_max is reached, or pictures cost more."
      metric     = ["AWS/ECS", "CPUUtilization", "Average"]
      dimensions = local.service
      threshold  = var.cpu_percent + 20
    }
    memory = {
      about      = "The memory of a task is at 85 %."
      metric     = ["AWS/ECS", "MemoryUtilization", "Maximum"]
      dimensions = local.service
      threshold  = 85
    }
    }, { for name, told in local.told : name => {
      about      = told.about
      metric     = [var.name, name, "Sum"]
      dimensions = {}
      threshold  = 0
      minutes    = 1
  } })
}

resource "aws_cloudwatch_log_metric_filter" "told" {
  for_each       = local.told
  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = each.value.pattern
  metric_transformation {
    name      = each.key
    namespace = var.name
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = try(each.value.minutes, 3)
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  namespace          = try(each.value.metric[0], null)
  metric_name        = try(each.value.metric[1], null)
  statistic          = try(contains(["Sum", "Average", "Maximum"], each.value.metric[2]) ? each.value.metric[2] : null, null)
  extended_statistic = try(startswith(each.value.metric[2], "p") ? each.value.metric[2] : null, null)
  period             = can(each.value.metric) ? 60 : null
  dimensions         = can(each.value.metric) ? each.value.dimensions : null

  dynamic "metric_query" {
    for_each = try(each.value.metrics, {})
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value[0]
        stat        = metric_query.value[1]
        period      = 60
        dimensions  = each.value.dimensions
      }
    }
  }
  dynamic "metric_query" {
    for_each = can(each.value.expression) ? [each.value.expression] : []
    content {
      id          = "share"
      expression  = metric_query.value
      label       = "percent"
      return_data = true
    }
  }
}
