package advice

import (
	"fmt"
	"strings"

	"hunt/report"
	"hunt/report/incident"
)

// resetting asks for new credentials of accounts, including all that administer a domain whose secrets may be known,
// and for accounts to be disabled that an incident created or renamed: these belong to the intruder, and a new
// password does not help.
func (c *Case) resetting(users, ids []string) []report.Recommendation {
	var reset, disable, warnings []string
	for _, u := range users {
		if m := c.Made(u); m != nil {
			disable = append(disable, u+m.told())
			warnings = append(warnings, m.warnings(u)...)
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
			text += fmt.Sprintf(" Consider disabling %s, rather than giving a new password.", report.Few(disable, most))
			for _, w := range warnings[:min(len(warnings), most)] {
				text += " " + w
			}
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
		r.Text += c.ofMachines(reset) +
			" If the owner of an account may be an insider, do not alert them before the evidence is safe."
	}
	return []report.Recommendation{r}
}

// ofMachines says where the accounts of single machines are reset.
func (c *Case) ofMachines(users []string) string {
	var local []string
	for _, u := range users {
		if c.Local != nil && c.Local(u) {
			local = append(local, u)
		}
	}
	if len(local) == 0 {
		return ""
	}
	return " " + report.Few(local, maxRecommended) + report.OneOrMany(len(local),
		" is an account of one machine: reset it there", " are accounts of single machines: reset each there") +
		", and make sure that no other machine has the same password."
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

// Made is how an incident created or renamed an account.
type Made struct {
	SID              string // "" if it is not logged
	Created, Renamed Act
	Before           string // the name that it had before
	Host             string // that has the same name as the account, "" if none has
	Controller       bool   // it is a domain controller
}

// Act is who did something, and when; the zero value if it was not seen.
type Act struct {
	By string // "" if no record says so
	At report.Time
}

func (a Act) told(what string) string {
	if a.By != "" {
		what += " by " + a.By
	}
	if a.At == nil {
		return what
	}
	return what + a.At.Time().Format(" on 2006-01-02 at 15:04:05 UTC")
}

// told says in brackets which account is meant: another account may take the name later, but the SID stays.
func (m *Made) told() string {
	var parts []string
	if m.SID != "" {
		parts = append(parts, "SID "+m.SID)
	}
	if m.Created.At != nil {
		parts = append(parts, m.Created.told("created"))
	}
	if m.Renamed.At != nil {
		parts = append(parts, m.Renamed.told("renamed from "+m.Before))
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

// warnings say what must not be disabled by mistake, or not without checking.
func (m *Made) warnings(user string) (out []string) {
	name := strings.TrimSuffix(user[strings.LastIndexByte(user, '\\')+1:], "$")
	if m.Host != "" {
		host := "computer "
		if m.Controller {
			host = "domain controller "
		}
		out = append(out, "Do not take it for "+strings.ToUpper(name)+"$, the account of the "+host+m.Host+
			" itself: it must stay enabled.")
	}
	if m.Created.At == nil {
		out = append(out, "Check first whose account "+user+
			" was before it was renamed: no finding says who created it.")
	}
	return out
}
