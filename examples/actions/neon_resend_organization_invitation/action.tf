# terraform apply -invoke=action.neon_resend_organization_invitation.consultant
action "neon_resend_organization_invitation" "consultant" {
  config {
    email = "consultant@partner.example"
  }
}

# Sent again with every new month.
resource "terraform_data" "reminder" {
  input = formatdate("YYYY-MM", plantimestamp())

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.neon_resend_organization_invitation.consultant]
    }
  }
}
