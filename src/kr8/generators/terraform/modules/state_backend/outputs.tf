output "bucket" {
  description = "The bucket of the state."
  value       = aws_s3_bucket.this.id
}

output "key_arn" {
  description = "The KMS key that encrypts the state."
  value       = aws_kms_key.this.arn
}
