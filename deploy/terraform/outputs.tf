output "url" {
  description = "Where the service answers. With a certificate: point its name at this host."
  value       = "${local.tls ? "https" : "http"}://${aws_lb.this.dns_name}"
}

output "repository" {
  description = "Where images are pushed: docker push REPOSITORY:TAG."
  value       = aws_ecr_repository.this.repository_url
}

output "store" {
  description = "Where predictors are put: aws s3 sync models STORE."
  value       = "s3://${aws_s3_bucket.models.bucket}/models"
}

output "log_group" {
  description = "The logs: aws logs tail LOG_GROUP --follow."
  value       = aws_cloudwatch_log_group.this.name
}

output "alarm_topic" {
  description = "What wants to hear alarms subscribes to this."
  value       = aws_sns_topic.alarms.arn
}

output "publisher_role" {
  description = "The role that the workflow takes; empty without github_repository."
  value       = try(aws_iam_role.publisher[0].arn, "")
}

output "capacity" {
  description = "Tasks, and their size."
  value       = { tasks_min = local.tasks_min, tasks_max = local.tasks_max, cpu = local.cpu, memory = local.memory }
}
