mkdir -p "$RUNNER_TEMP/plans"
plan="$RUNNER_TEMP/plans/terraform_$ENVIRONMENT.txt"
quoting terraform -chdir="$FOLDER" init -input=false -no-color
# The images that it was applied with last: a pull request changes none, for they are built of what is merged.
applied="$(terraform -chdir="$FOLDER" output -no-color -json images 2> /dev/null || echo '{}')"
TF_VAR_images="$(jq --null-input --compact-output --argjson applied "$applied" 'env.UNKNOWN_IMAGES | fromjson | . + $applied')"
export TF_VAR_images
quoting terraform -chdir="$FOLDER" plan -input=false -no-color -lock=false -out="$RUNNER_TEMP/terraform-plan"
echo "Terraform, $ENVIRONMENT" > "$plan"
terraform -chdir="$FOLDER" show -no-color "$RUNNER_TEMP/terraform-plan" >> "$plan"
