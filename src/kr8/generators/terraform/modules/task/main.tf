data "aws_region" "this" {}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  container_definitions = jsonencode([
    {
      name        = var.container_name
      image       = var.image
      command     = var.command
      essential   = true
      stopTimeout = var.stop_timeout

      # Sorted, as AWS gives them back: another order would be a difference for ever.
      environment  = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]
      secrets      = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
      portMappings = [for port in var.port == null ? [] : [var.port] : { name = var.container_name, containerPort = port, hostPort = port, protocol = "tcp" }]

      # Else the service is process 1: no signal has its usual effect there, and nobody reaps children.
      linuxParameters        = { initProcessEnabled = true }
      readonlyRootFilesystem = var.read_only
      mountPoints            = [for volume in var.read_only ? ["tmp"] : [] : { sourceVolume = volume, containerPath = "/tmp", readOnly = false }]

      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = var.log_group
          "awslogs-region"        = data.aws_region.this.id
          "awslogs-stream-prefix" = var.container_name
          # A service that writes faster than CloudWatch takes must not wait for it.
          "mode"            = "non-blocking"
          "max-buffer-size" = "4m"
        }
      }
    },
  ])

  # The one place to write where the rest is read-only: an image that runs as another user than root declares it as a VOLUME.
  dynamic "volume" {
    for_each = var.read_only ? ["tmp"] : []

    content {
      name = volume.value
    }
  }
}
