"""What the provider of the newest schema is told to serve."""

from kr8.drivers.terraform import schema

TEXT = """
resource "aws_lb_listener" "web" {
  default_action {
    type = "forward"
  }
  dynamic "mutual_authentication" {
    for_each = var.trusted
    content {}
  }
}
"""


def test_only_what_the_texts_name_is_served() -> None:
    told = schema.environment([TEXT, 'data "aws_region" "here" {}'])
    assert told[schema.TYPES] == "aws_lb_listener,aws_region"
    blocks = told[schema.BLOCKS].split(",")
    assert {"default_action", "mutual_authentication"} <= set(blocks) and "jwt_validation" not in blocks


def test_texts_that_name_nothing_have_nothing_served() -> None:
    assert schema.environment([""]) == {schema.TYPES: "none", schema.BLOCKS: "none"}


def test_all_is_served_of_texts_that_name_more_than_a_variable_holds() -> None:
    words = " ".join(f"word_{number:05}" for number in range(20_000))
    assert schema.environment([TEXT, words]) == {schema.TYPES: "aws_lb_listener"}
