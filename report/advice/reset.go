package advice

import (
	"cmp"
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
	if len(domain)+len(users) == 0 {
		return nil
	}
	r := c.brief(report.ActionReset, distinct(append(domain, ids...)), func(name naming) string {
		var text []string
		if len(domain) > 0 {
			text = append(text, "Plan to reset krbtgt twice and all accounts that administer the domain: findings "+
				"show access to the secrets of the domain.")
		}
		if len(reset) > 0 {
			text = append(text, "Consider resetting the credentials of "+name(reset)+": the activity found ran in "+
				"their sessions or used their credentials.")
			text = append(text, c.ofKinds(reset, name)...)
		}
		if len(disable) > 0 {
			text = append(text, "Consider disabling "+name(disable)+", rather than giving a new password.")
			text = append(text, warnings...)
		}
		return strings.Join(text, " ")
	})
	if len(reset) > 0 {
		r.Brief = cmp.Or(r.Brief, r.Text)
		r.Text += " If the owner of an account may be an insider, do not alert them before the evidence is safe."
	}
	return []report.Recommendation{r}
}

// ofKinds says which accounts are no person's own, and what resetting them takes: services, the built-in
// Administrator of the domain, accounts of single machines.
func (c *Case) ofKinds(users []string, name naming) (out []string) {
	kinds := map[string]incident.AccountKind{}
	for _, a := range c.Acts {
		for _, x := range a.Accounts {
			kinds[x.Name] = max(kinds[x.Name], x.Kind)
		}
	}
	var services, builtIn, local []string
	for _, u := range users {
		short := strings.ToLower(u[strings.LastIndexByte(u, '\\')+1:])
		switch {
		case c.Local != nil && c.Local(u):
			local = append(local, u)
		case kinds[u] == incident.AccountService:
			services = append(services, u)
		case kinds[u] == incident.AccountShared && short != "guest":
			builtIn = append(builtIn, u)
		}
	}
	if n := len(services); n > 0 {
		out = append(out, name(services)+report.OneOrMany(n, " is named like a service account: its",
			" are named like service accounts: their")+" services fail to log on until they have the new password, so "+
			"change it together with whoever runs them.")
	}
	if n := len(builtIn); n > 0 {
		out = append(out, name(builtIn)+report.OneOrMany(n, " is", " are")+" the built-in Administrator of the "+
			"domain: several people may know its password, so find out who used it before you change it.")
	}
	if n := len(local); n > 0 {
		out = append(out, name(local)+report.OneOrMany(n, " is an account of one machine: reset it there",
			" are accounts of single machines: reset each there")+
			", and make sure that no other machine has the same password.")
	}
	return out
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
