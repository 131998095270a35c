# Wrong variables fail before anything is asked of a cloud. Every resource is a mock.
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
  size      = "demonstration"
  image_tag = "0.1.0"
}

run "name_with_capitals" {
  command = plan
  variables {
    name = "My Server"
  }
  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan
  variables {
    name = "a-name-that-is-too-long"
  }
  expect_failures = [var.name]
}

run "region_that_is_none" {
  command = plan
  variables {
    region = "Frankfurt"
  }
  expect_failures = [var.region]
}

run "one_zone" {
  command = plan
  variables {
    zones = ["eu-central-1a"]
  }
  expect_failures = [var.zones]
}

run "zone_of_another_region" {
  command = plan
  variables {
    zones = ["eu-central-1a", "eu-west-1b"]
  }
  expect_failures = [var.zones]
}

run "size_that_is_none" {
  command = plan
  variables {
    size = "huge"
  }
  expect_failures = [var.size]
}

run "network_too_small" {
  command = plan
  variables {
    vpc_cidr = "10.0.0.0/24"
  }
  expect_failures = [var.vpc_cidr]
}

run "nobody_allowed" {
  command = plan
  variables {
    allowed_cidrs = []
  }
  expect_failures = [var.allowed_cidrs]
}

run "production_without_certificate" {
  command = plan
  variables {
    size = "production"
  }
  expect_failures = [var.certificate_arn]
}

run "certificate_that_is_none" {
  command = plan
  variables {
    certificate_arn = "my-certificate"
  }
  expect_failures = [var.certificate_arn]
}

run "no_image" {
  command = plan
  variables {
    image_tag = ""
  }
  expect_failures = [var.image_tag]
}

run "two_images" {
  command = plan
  variables {
    image = "example.org/credence:1"
  }
  expect_failures = [var.image_tag]
}

run "tag_that_moves" {
  command = plan
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

run "architecture_that_is_none" {
  command = plan
  variables {
    architecture = "amd64"
  }
  expect_failures = [var.architecture]
}

run "models_from_nowhere" {
  command = plan
  variables {
    models_from = "disk"
  }
  expect_failures = [var.models_from]
}

run "sync_all_the_time" {
  command = plan
  variables {
    sync_seconds = 1
  }
  expect_failures = [var.sync_seconds]
}

run "cpu_that_fargate_lacks" {
  command = plan
  variables {
    cpu = 300
  }
  expect_failures = [var.cpu]
}

run "memory_too_small_for_the_cpu" {
  command = plan
  variables {
    cpu    = 1024
    memory = 512
  }
  expect_failures = [var.memory]
}

run "production_with_one_task" {
  command = plan
  variables {
    size             = "production"
    allow_plain_http = true
    tasks_min        = 1
  }
  expect_failures = [var.tasks_min]
}

run "fewer_tasks_at_most_than_at_least" {
  command = plan
  variables {
    tasks_min = 3
    tasks_max = 2
  }
  expect_failures = [var.tasks_max]
}

run "no_requests" {
  command = plan
  variables {
    requests_a_task = 0
  }
  expect_failures = [var.requests_a_task]
}

run "cpu_always_full" {
  command = plan
  variables {
    cpu_percent = 99
  }
  expect_failures = [var.cpu_percent]
}

run "no_latency" {
  command = plan
  variables {
    latency_seconds = 0
  }
  expect_failures = [var.latency_seconds]
}

run "address_that_is_none" {
  command = plan
  variables {
    alarm_emails = ["me"]
  }
  expect_failures = [var.alarm_emails]
}

run "setting_of_another_program" {
  command = plan
  variables {
    settings = { PORT = "80" }
  }
  expect_failures = [var.settings]
}

run "secret_in_the_open" {
  command = plan
  variables {
    secrets = { CREDENCE_KEYS = "hunter2" }
  }
  expect_failures = [var.secrets]
}

run "log_days_that_cloudwatch_lacks" {
  command = plan
  variables {
    log_days = 31
  }
  expect_failures = [var.log_days]
}

run "repository_without_owner" {
  command = plan
  variables {
    github_repository = "credence"
  }
  expect_failures = [var.github_repository]
}

