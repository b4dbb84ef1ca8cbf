data "neon_organization_invitations" "pending" {
  status = "pending"
}

locals {
  stale_invitations = [
    for invitation in data.neon_organization_invitations.pending.invitations : invitation.email
    if timecmp(timeadd(invitation.invited_at, "720h"), plantimestamp()) < 0
  ]
}

check "no_stale_invitations" {
  assert {
    condition     = length(local.stale_invitations) == 0
    error_message = "Pending for more than 30 days: ${join(", ", local.stale_invitations)}. Only the Neon Console can cancel them."
  }
}
