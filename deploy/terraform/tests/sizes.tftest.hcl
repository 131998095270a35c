# What the two sizes make. Every resource is a mock: only what is written here runs.
mock_provider "aws" {
  override_data {
    target = data.aws_iam_policy_document.assume
    values = { json = "{}" }
  }
  override_data {
    target = data.aws_iam_policy_document.execution
    values = { json = "{}" }
  }
  override_data {
    target = data.aws_iam_policy_document.task
    values = { json = "{}" }
  }
  override_data {
    target = data.aws_iam_policy_document.publisher
    values = { json = "{}" }
  }
  override_data {
    target = data.aws_iam_policy_document.models_bucket
    values = { json = "{}" }
  }
  override_data {
    target = data.aws_caller_identity.this
    values = { account_id = "123456789012" }
  }
  override_data {
    target = data.aws_availability_zones.this
    values = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
}

variables {
  region    = "eu-central-1"
  image_tag = "0.1.0"
}

run "demonstration" {
  command = plan
  variables { size = "demonstration" }
  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_subnet.private) == 0
    error_message = "a demonstration pays for no NAT gateway"
  }
  assert {
    condition     = aws_ecs_service.this.network_configuration[0].assign_public_ip
    error_message = "without NAT a task needs an address to pull its image"
  }
  assert {
    condition     = aws_ecs_task_definition.this.cpu == "256" && aws_ecs_task_definition.this.memory == "512"
    error_message = "the smallest task"
  }
  assert {
    condition     = aws_ecs_service.this.desired_count == 1 && length(aws_appautoscaling_target.this) == 0
    error_message = "one task, which is not scaled"
  }
  assert {
    condition     = !aws_lb.this.enable_deletion_protection && aws_ecr_repository.this.force_delete && aws_s3_bucket.models.force_destroy
    error_message = "a demonstration can be destroyed in one go"
  }
  assert {
    condition     = length(aws_iam_role.publisher) == 0 && output.publisher_role == ""
    error_message = "no workflow may publish unless one is named"
  }
}

run "production" {
  command = plan
  variables {
    size              = "production"
    models_from       = "store"
    certificate_arn   = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
    github_repository = "someone/credence"
    zones             = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_subnet.private) == 3
    error_message = "a private subnet and a NAT gateway a zone: one zone that fails takes no other with it"
  }
  assert {
    condition     = !aws_ecs_service.this.network_configuration[0].assign_public_ip
    error_message = "tasks of production have no public address"
  }
  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 2 && aws_appautoscaling_target.this[0].max_capacity == 10
    error_message = "two to ten tasks"
  }
  assert {
    condition     = length(aws_appautoscaling_policy.requests) == 1 && length(aws_appautoscaling_policy.cpu) == 1
    error_message = "scaled on requests and on CPU"
  }
  assert {
    condition     = aws_lb.this.enable_deletion_protection && !aws_ecr_repository.this.force_delete && !aws_s3_bucket.models.force_destroy
    error_message = "production resists destroy"
  }
  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && aws_lb_listener.https[0].protocol == "HTTPS"
    error_message = "plain HTTP is only redirected"
  }
  assert {
    condition     = length(aws_ecs_task_definition.this.volume) == 1
    error_message = "the store's copy has a volume"
  }
  assert {
    condition     = length(aws_iam_role.publisher) == 1
    error_message = "the workflow has a role"
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_description) > 20])
    error_message = "each alarm says what it means"
  }
}

run "a_larger_demonstration" {
  command = plan
  variables {
    size      = "demonstration"
    cpu       = 512
    tasks_min = 2
    tasks_max = 4
    settings  = { CREDENCE_DEADLINE_MS = "500" }
  }
  assert {
    condition     = aws_ecs_task_definition.this.memory == "1024"
    error_message = "memory follows the CPU"
  }
  assert {
    condition     = aws_appautoscaling_target.this[0].max_capacity == 4
    error_message = "what may grow is scaled"
  }
  assert {
    condition     = local.settings["CREDENCE_DEADLINE_MS"] == "500" && local.settings["CREDENCE_LOG_FORMAT"] == "json"
    error_message = "settings are added to those that are needed"
  }
}
