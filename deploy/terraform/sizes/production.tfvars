# Two to ten tasks of one core in two zones, models from the store.
size            = "production"
region          = "eu-central-1"
image_tag       = "0.1.0"
models_from     = "store"
certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/REPLACE-ME"
alarm_emails    = []
