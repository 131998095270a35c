# One task of a quarter core that serves the bundled digits.
size      = "demonstration"
region    = "eu-central-1"
image_tag = "0.1.0"
log_days  = 7
