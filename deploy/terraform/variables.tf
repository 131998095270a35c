variable "name" {
  type        = string
  default     = "credence"
  description = "Prefix of every resource."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "name is 3 to 20 lower-case letters, digits and dashes, a letter first and no dash last: AWS limits what is built from it to 32 characters."
  }
}

variable "region" {
  type        = string
  description = "AWS region, such as eu-central-1."
  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is the name of an AWS region, such as eu-central-1."
  }
}

variable "zones" {
  type        = list(string)
  default     = []
  description = "Availability zones. Empty: the first two of the region. A load balancer needs two."
  validation {
    condition     = length(var.zones) == 0 || (length(var.zones) >= 2 && length(var.zones) <= 6)
    error_message = "zones names 2 to 6 availability zones, or none: a load balancer needs two."
  }
  validation {
    condition     = alltrue([for zone in var.zones : startswith(zone, var.region)])
    error_message = "Each of zones lies in region."
  }
}

variable "size" {
  type        = string
  description = "demonstration: one small task, no NAT, can be deleted. production: two zones, private tasks, scaling, protected."
  validation {
    condition     = contains(["demonstration", "production"], var.size)
    error_message = "size is demonstration or production."
  }
}

variable "vpc_cidr" {
  type        = string
  default     = "10.20.0.0/16"
  description = "Addresses of the network; each subnet gets a 256th of them."
  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && can(regex("/(1[6-9]|20)$", var.vpc_cidr))
    error_message = "vpc_cidr is an IPv4 network of /16 to /20, such as 10.20.0.0/16."
  }
}

variable "allowed_cidrs" {
  type        = list(string)
  default     = ["0.0.0.0/0"]
  description = "Who may reach the load balancer."
  validation {
    condition     = length(var.allowed_cidrs) > 0 && alltrue([for cidr in var.allowed_cidrs : can(cidrhost(cidr, 0))])
    error_message = "allowed_cidrs names at least one network, such as 203.0.113.0/24."
  }
}

variable "certificate_arn" {
  type        = string
  default     = ""
  description = "Certificate (ACM) of the load balancer. With it port 80 redirects to 443."
  validation {
    condition     = var.certificate_arn == "" || can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "certificate_arn is the ARN of a certificate in ACM: arn:aws:acm:REGION:ACCOUNT:certificate/ID."
  }
  validation {
    condition     = var.certificate_arn != "" || var.size != "production" || var.allow_plain_http
    error_message = "The size production needs certificate_arn: without it pictures and answers cross the internet unencrypted. To accept that, set allow_plain_http = true."
  }
}

variable "allow_plain_http" {
  type        = bool
  default     = false
  description = "Production without a certificate."
}

variable "image" {
  type        = string
  default     = ""
  description = "Image of the server, with its tag or digest. Empty: image_tag of the repository that is made here."
}

variable "image_tag" {
  type        = string
  default     = ""
  description = "Tag in the repository that is made here. Tags there cannot be overwritten."
  validation {
    condition     = (var.image == "") != (var.image_tag == "")
    error_message = "Give one of image and image_tag."
  }
  validation {
    condition     = var.image_tag != "latest"
    error_message = "image_tag names one build, such as 0.1.0: with latest nobody can say what runs, nor go back."
  }
}

variable "architecture" {
  type        = string
  default     = "X86_64"
  description = "X86_64 or ARM64; what the image was built for."
  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "architecture is X86_64 or ARM64."
  }
}

variable "models_from" {
  type        = string
  default     = "bundled"
  description = "bundled: the digits in the image. store: the predictors under models/ in the bucket, which each task copies and keeps up to date."
  validation {
    condition     = contains(["bundled", "store"], var.models_from)
    error_message = "models_from is bundled or store."
  }
}

variable "sync_image" {
  type        = string
  default     = "public.ecr.aws/aws-cli/aws-cli:2.31.0"
  description = "Image with a shell and the AWS command line, which copies the store into a task."
}

variable "sync_seconds" {
  type        = number
  default     = 30
  description = "How often a task looks for new versions in the store."
  validation {
    condition     = var.sync_seconds >= 5 && var.sync_seconds <= 3600
    error_message = "sync_seconds is 5 to 3600: each look lists the store, and a thousand lists cost half a cent."
  }
}

variable "cpu" {
  type        = number
  default     = null
  description = "CPU units of a task, 1024 a core. Default: 256 for a demonstration, 1024 in production."
  validation {
    condition     = var.cpu == null || contains([256, 512, 1024, 2048, 4096, 8192, 16384], coalesce(var.cpu, 256))
    error_message = "cpu is 256, 512, 1024, 2048, 4096, 8192 or 16384: Fargate has no other sizes."
  }
}

variable "memory" {
  type        = number
  default     = null
  description = "Memory of a task in MiB. Default: 512 for a demonstration, 2048 in production."
  validation {
    condition     = var.memory == null || try(var.memory >= 2 * coalesce(var.cpu, 256) && var.memory <= 8 * coalesce(var.cpu, 256), false)
    error_message = "memory is 2 to 8 MiB for each unit of cpu (256 units without cpu): what Fargate offers."
  }
}

variable "tasks_min" {
  type        = number
  default     = null
  description = "Least number of tasks. Default: 1 for a demonstration, 2 in production."
  validation {
    condition     = var.tasks_min == null || coalesce(var.tasks_min, 1) >= (var.size == "production" ? 2 : 1)
    error_message = "tasks_min is at least 1, and 2 in production: one task is gone whenever its zone is."
  }
}

variable "tasks_max" {
  type        = number
  default     = null
  description = "Greatest number of tasks. Default: tasks_min for a demonstration, 10 in production."
  validation {
    condition     = var.tasks_max == null || coalesce(var.tasks_max, 1) >= coalesce(var.tasks_min, 1)
    error_message = "tasks_max is not below tasks_min."
  }
}

variable "requests_a_task" {
  type        = number
  default     = 6000
  description = "Requests a minute that one task should carry; scaling aims at it. docs/sizing.md says how to find it."
  validation {
    condition     = var.requests_a_task > 0
    error_message = "requests_a_task is above 0."
  }
}

variable "cpu_percent" {
  type        = number
  default     = 60
  description = "CPU use that scaling aims at."
  validation {
    condition     = var.cpu_percent >= 20 && var.cpu_percent <= 90
    error_message = "cpu_percent is 20 to 90: above, tasks queue before new ones come; below, most of what is paid idles."
  }
}

variable "latency_seconds" {
  type        = number
  default     = 0.25
  description = "The alarm's limit on the 99th percentile of the time to an answer."
  validation {
    condition     = var.latency_seconds > 0
    error_message = "latency_seconds is above 0."
  }
}

variable "alarm_emails" {
  type        = list(string)
  default     = []
  description = "Who is written to when an alarm fires."
  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "Each of alarm_emails is an e-mail address."
  }
}

variable "settings" {
  type        = map(string)
  default     = {}
  description = "Further settings of the server by their variables, such as { CREDENCE_DEADLINE_MS = \"500\" }: docs/operations.md."
  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^CREDENCE_[A-Z0-9_]+$", name))])
    error_message = "The names in settings are variables of the server: CREDENCE_ and capital letters."
  }
}

variable "secrets" {
  type        = map(string)
  default     = {}
  description = "Settings whose values are kept in Secrets Manager or the parameter store: variable and ARN."
  validation {
    condition = alltrue([for name, arn in var.secrets :
    can(regex("^CREDENCE_[A-Z0-9_]+$", name)) && can(regex("^arn:aws[a-z-]*:(secretsmanager|ssm):", arn))])
    error_message = "secrets maps variables of the server to ARNs of Secrets Manager or the parameter store."
  }
}

variable "log_days" {
  type        = number
  default     = 30
  description = "How long logs are kept."
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_days)
    error_message = "log_days is one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731: CloudWatch has no other."
  }
}

variable "protected" {
  type        = bool
  default     = null
  description = "Whether the load balancer, the images and the store resist `terraform destroy`. Default: in production."
}

variable "github_repository" {
  type        = string
  default     = ""
  description = "OWNER/NAME whose workflows on the branch main may push images and models and roll the service. Empty: none."
  validation {
    condition     = var.github_repository == "" || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository is OWNER/NAME."
  }
}
