# Of terraform show -json PLAN: does the plan rotate, revoke what is over, put new tokens into the store, and nothing else?
[.resource_changes[] | select(.change.actions != ["no-op"]) | [.type, .change.actions]]
- [
    ["neon_organization_rotating_api_key", ["update"]],
    ["aws_secretsmanager_secret_version", ["delete", "create"]],
    ["aws_secretsmanager_secret_version", ["create"]]
  ]
== []
