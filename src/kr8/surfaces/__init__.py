"""How people, programs and agents reach the operations; none of them knows more than the one path."""
