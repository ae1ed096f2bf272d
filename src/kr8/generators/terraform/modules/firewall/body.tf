# WAF compares no numbers in a header, so that it is the digits that are compared: as many as the limit has, and from the
# first that differs a larger one; or more digits. A body that says no length is for the service to limit.
locals {
  digits = split("", tostring(var.body_megabytes))
  last   = length(local.digits) - 1

  # The smallest digit at each place with which a length as long as the limit is at the limit or above it.
  least = [for place, digit in local.digits : tonumber(digit) + (place == local.last ? 0 : 1)]

  as_many = [
    for place, least in local.least :
    "${join("", slice(local.digits, 0, place))}[${least}-9][0-9]{${local.last - place + 6}}" if least <= 9
  ]
  more     = "[1-9][0-9]{${length(local.digits) + 6},}"
  too_long = "^0*(?:${join("|", concat([local.more], local.as_many))})$"
}
