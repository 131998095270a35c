data "aws_caller_identity" "this" {}

data "aws_availability_zones" "this" {
  state = "available"
}

locals {
  production = var.size == "production"
  zones      = length(var.zones) > 0 ? var.zones : slice(data.aws_availability_zones.this.names, 0, 2)
  protected  = coalesce(var.protected, local.production)
  store      = var.models_from == "store"

  cpu       = coalesce(var.cpu, local.production ? 1024 : 256)
  memory    = coalesce(var.memory, 2 * local.cpu)
  tasks_min = coalesce(var.tasks_min, local.production ? 2 : 1)
  tasks_max = max(local.tasks_min, coalesce(var.tasks_max, local.production ? 10 : 1))

  image = var.image != "" ? var.image : "${aws_ecr_repository.this.repository_url}:${var.image_tag}"
  port  = 8080
  tls   = var.certificate_arn != ""
}
