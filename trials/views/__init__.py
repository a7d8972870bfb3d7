"""Pages of the trial register, matches, referrals to trials and enquiries."""
