"""Every write of the trials room: register, criteria, matches, referrals to trials, enquiries."""
