mkdir -p "$RUNNER_TEMP/plans"
plan="$RUNNER_TEMP/plans/terraform-$ENVIRONMENT.txt"
terraform -chdir="$FOLDER" init -input=false -no-color
terraform -chdir="$FOLDER" plan -input=false -no-color -lock=false -out="$RUNNER_TEMP/terraform-plan"
echo "Terraform, $ENVIRONMENT" > "$plan"
terraform -chdir="$FOLDER" show -no-color "$RUNNER_TEMP/terraform-plan" >> "$plan"
