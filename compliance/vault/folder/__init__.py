"""The folder of a vault and its life: made, opened, shared by seats, copied, restored."""
