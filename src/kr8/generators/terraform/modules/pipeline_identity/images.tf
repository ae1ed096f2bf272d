locals {
  repositories = [
    for name, environment in var.environments :
    "arn:${local.partition}:ecr:${environment.region}:${local.account}:repository/${var.project}-${name}/*"
    if environment.builds
  ]
}

# Where no environment of the account makes builds of its own, there is nothing to push to.
resource "aws_iam_role" "images" {
  count = length(local.repositories) > 0 ? 1 : 0

  name               = "${local.stem}-images"
  description        = "Pushes images of what is merged into ${var.branch} of ${var.repository}"
  assume_role_policy = local.trusts["images"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "images" {
  count = length(local.repositories) > 0 ? 1 : 0

  name = "push"
  role = aws_iam_role.images[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # The one action of the registry that knows no resource.
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = "*"
      },
      {
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
          "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
        ]
        Resource = local.repositories
      },
    ]
  })
}
