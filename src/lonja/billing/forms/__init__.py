"""What people type: drafts with their lines, payments, mails, series."""
