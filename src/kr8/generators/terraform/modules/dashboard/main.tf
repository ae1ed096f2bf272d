data "aws_region" "this" {}

locals {
  region = data.aws_region.this.id

  head = {
    type       = "text"
    width      = 24
    height     = 2
    properties = { markdown = "# ${var.name}\n\n${var.description}" }
  }

  ecs = [for service in var.services : {
    type   = "metric"
    width  = 8
    height = 6
    properties = {
      title  = "${service.name}: use and instances"
      region = local.region
      period = 60
      stat   = "Average"
      metrics = [
        ["AWS/ECS", "CPUUtilization", "ClusterName", var.cluster_name, "ServiceName", service.name],
        ["AWS/ECS", "MemoryUtilization", "ClusterName", var.cluster_name, "ServiceName", service.name],
        ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.cluster_name, "ServiceName", service.name, { yAxis = "right" }],
      ]
    }
  }]

  requests = [for service in var.services : {
    type   = "metric"
    width  = 8
    height = 6
    properties = {
      title  = "${service.name}: requests and errors"
      region = local.region
      period = 60
      stat   = "Sum"
      metrics = flatten([for colour, group in service.target_groups : [
        [for metric in ["RequestCount", "HTTPCode_Target_5XX_Count"] : {
          row = ["AWS/ApplicationELB", metric, "LoadBalancer", var.load_balancer, "TargetGroup", group, { label = "${metric} ${colour}" }]
        }]
      ]])[*].row
    }
  } if length(service.target_groups) > 0]

  latency = [for service in var.services : {
    type   = "metric"
    width  = 8
    height = 6
    properties = {
      title  = "${service.name}: p99"
      region = local.region
      period = 60
      stat   = "p99"
      metrics = [for colour, group in service.target_groups :
        ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.load_balancer, "TargetGroup", group, { label = colour }]
      ]
    }
  } if length(service.target_groups) > 0]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  # Each kind of widget by itself: a list of all of them would need one type.
  dashboard_body = "{\"widgets\":[${join(",", concat(
    [jsonencode(local.head)],
    [for widget in local.requests : jsonencode(widget)],
    [for widget in local.latency : jsonencode(widget)],
    [for widget in local.ecs : jsonencode(widget)],
  ))}]}"
}
