package advice

import (
	"fmt"

	"hunt/report"
	"hunt/report/incident"
)

// resetting asks for new credentials of accounts, of all that administer a domain whose secrets may be known, and for
// accounts to be disabled that an incident created or renamed: these are the intruder's own, and a new password does
// not mend them.
func (c *Case) resetting(users, ids []string) []report.Recommendation {
	var reset, disable []string
	for _, u := range users {
		if c.Made(u) {
			disable = append(disable, u)
		} else {
			reset = append(reset, u)
		}
	}
	domain := c.domainSecrets()
	tell := func(most int) (text string) {
		if len(domain) > 0 {
			text = " Plan to reset krbtgt twice and all accounts that administer the domain: findings show access to " +
				"the secrets of the domain."
		}
		if len(reset) > 0 {
			text += fmt.Sprintf(" Consider resetting the credentials of %s: the activity found ran in their sessions "+
				"or used their credentials.", report.Few(reset, most))
		}
		if len(disable) > 0 {
			text += fmt.Sprintf(" Consider disabling %s rather than giving a new password: findings show that such an "+
				"account was created or renamed.", report.Few(disable, most))
		}
		return text
	}
	text := tell(maxRecommended)
	if text == "" {
		return nil
	}
	r := report.Recommendation{Kind: report.ActionReset, Text: text[1:], Basis: distinct(append(domain, ids...))}
	if brief := tell(maxBrief); brief != text {
		r.Brief = brief[1:]
	}
	if len(reset) > 0 {
		r.Brief = tell(maxBrief)[1:]
		r.Text += " If the owner of an account may be an insider, do not alert them before the evidence is safe."
	}
	return []report.Recommendation{r}
}

// domainSecrets are the findings of incidents that reached the secrets of a domain.
func (c *Case) domainSecrets() (ids []string) {
	for i := range c.Incidents {
		if x := &c.Incidents[i]; x.Reach.Privilege == incident.DomainSecrets &&
			x.Severity.AtLeast(report.SeverityHigh) && x.Confidence != report.ConfidenceLow {
			ids = append(ids, x.Findings...)
		}
	}
	return ids
}
