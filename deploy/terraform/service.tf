resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_ecs_cluster" "this" {
  name = var.name
  setting {
    name  = "containerInsights"
    value = local.production ? "enabled" : "disabled"
  }
}

locals {
  log_configuration = { for stream in ["server", "models"] : stream => {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.this.name
      awslogs-region        = var.region
      awslogs-stream-prefix = stream
      mode                  = "non-blocking" # a slow log never slows an answer
    }
  } }

  settings = merge(
    {
      CREDENCE_PORT           = tostring(local.port)
      CREDENCE_LOG_FORMAT     = "json"
      CREDENCE_DRAIN_GRACE_MS = "5000"
      CREDENCE_DRAIN_LIMIT_MS = "30000"
    },
    local.store ? { CREDENCE_MODELS = "/models/store", CREDENCE_WAIT_FOR_MODELS = "true" } : {},
  var.settings)

  server = {
    name                   = "server"
    image                  = local.image
    essential              = true
    command                = ["serve"]
    readonlyRootFilesystem = true
    user                   = "65532:65532"
    stopTimeout            = 60 # longer than the two drain limits together
    linuxParameters        = { capabilities = { drop = ["ALL"], add = [] }, initProcessEnabled = false }
    portMappings           = [{ containerPort = local.port, hostPort = local.port, protocol = "tcp" }]
    environment            = [for name in sort(keys(local.settings)) : { name = name, value = local.settings[name] }]
    secrets                = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
    mountPoints            = local.store ? [{ sourceVolume = "models", containerPath = "/models", readOnly = true }] : []
    dependsOn              = local.store ? [{ containerName = "models", condition = "HEALTHY" }] : []
    healthCheck = {
      command     = ["CMD", "credence", "health"] # alive; readiness is the load balancer's to ask
      interval    = 10
      timeout     = 3
      retries     = 3
      startPeriod = 60
    }
    logConfiguration = local.log_configuration["server"]
  }

  # Copies the store at the start and then every so often. The server loads a version only once all its
  # files are there, so that a copy under way is never served. A failed copy is told and tried again.
  models = {
    name      = "models"
    image     = var.sync_image
    essential = true
    entryPoint = ["/bin/sh", "-c", join(" ", [
      "mkdir -p /models/store; while :; do",
      "if aws s3 sync \"s3://$BUCKET/models/\" /models/store --delete --exact-timestamps --only-show-errors;",
      "then touch /models/synced; else echo '{\"level\":\"error\",\"message\":\"models not copied\"}'; fi;",
      "sleep \"$SECONDS_BETWEEN\"; done"
    ])]
    readonlyRootFilesystem = true
    stopTimeout            = 2
    linuxParameters        = { capabilities = { drop = ["ALL"], add = [] }, initProcessEnabled = true }
    portMappings           = []
    environment = [
      { name = "BUCKET", value = aws_s3_bucket.models.bucket },
      { name = "SECONDS_BETWEEN", value = tostring(var.sync_seconds) },
    ]
    mountPoints = [{ sourceVolume = "models", containerPath = "/models", readOnly = false }]
    healthCheck = {
      command     = ["CMD-SHELL", "test -e /models/synced"]
      interval    = 5
      timeout     = 2
      retries     = 3
      startPeriod = 120
    }
    logConfiguration = local.log_configuration["models"]
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.cpu
  memory                   = local.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = local.store ? jsonencode([local.server, local.models]) : jsonencode([local.server])
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }
  dynamic "volume" {
    for_each = local.store ? ["models"] : []
    content { name = volume.value }
  }
}

resource "aws_ecs_service" "this" {
  name                               = var.name
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = local.tasks_min
  launch_type                        = "FARGATE"
  propagate_tags                     = "SERVICE"
  health_check_grace_period_seconds  = 120
  deployment_minimum_healthy_percent = 100 # the new tasks are ready before the old ones go
  deployment_maximum_percent         = 200
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets          = local.production ? aws_subnet.private[*].id : aws_subnet.public[*].id
    security_groups  = [aws_security_group.task.id]
    assign_public_ip = !local.production
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "server"
    container_port   = local.port
  }
  lifecycle { ignore_changes = [desired_count] } # scaling sets it
  depends_on = [aws_lb_listener.http, aws_iam_role_policy.execution, aws_iam_role_policy.task]
}
