package acquisition

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Velociraptor's containers, from the offline collector and from the server's export, have
// client_info.json, collection_context.json, uploads.json and log.json at their root. The two writers spell
// some fields differently.

// object is a JSON object of unknown shape.
type object map[string]any

// text returns the first of the named members that is a text or a number.
func (o object) text(names ...string) string {
	for _, name := range names {
		switch v := o[name].(type) {
		case string:
			if v != "" {
				return oneText(v)
			}
		case json.Number:
			return v.String()
		}
	}
	return ""
}

func (o object) object(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

// parseObject reads a JSON object, or the first of an array of them.
func parseObject(b []byte) object {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	m, _ := v.(map[string]any)
	return m
}

// Scheme returns how the inner container is encrypted, according to the metadata.json of the outer one, ""
// if it does not say.
func Scheme(metadata []byte) string { return parseObject(metadata).text("Scheme") }

func (a *Facts) clientInfo(b []byte) bool {
	o := parseObject(b)
	os := o.object("os_info")
	host := cmp.Or(o.text("Hostname", "hostname"), os.text("hostname"))
	fqdn := cmp.Or(o.text("Fqdn", "fqdn"), os.text("fqdn"))
	if host == "" && fqdn == "" {
		return false
	}
	a.Tool = "Velociraptor"
	a.Host, a.FQDN = host, fqdn
	if system := o.text("Platform"); system != "" {
		a.OS = strings.TrimSpace(system + " " + o.text("PlatformVersion", "KernelVersion"))
	} else {
		a.OS = strings.TrimSpace(cmp.Or(os.text("release"), cmp.Or(os.text("system"), o.text("OS", "system"))) + " " +
			os.text("build"))
	}
	a.Client = cmp.Or(o.text("client_id", "ClientId"), a.Client)
	if agent := o.object("agent_information"); agent != nil {
		a.Version = cmp.Or(agent.text("version"), a.Version)
	}
	return true
}

func (a *Facts) collectionContext(b []byte) bool {
	o := parseObject(b)
	flow := o.text("session_id", "flow_id")
	if flow == "" && o.object("request") == nil {
		return false
	}
	a.Tool = "Velociraptor"
	a.Flow = flow
	a.Client = cmp.Or(o.text("client_id"), a.Client)
	request := o.object("request")
	a.Operator = cmp.Or(request.text("creator"), a.Operator)
	for _, name := range []string{"create_time", "start_time"} {
		if at := epoch(o.text(name)); !at.IsZero() {
			a.At = at
			break
		}
	}
	if list, ok := request["artifacts"].([]any); ok {
		var names []string
		for _, v := range list {
			if s, ok := v.(string); ok && len(names) < 32 {
				names = append(names, oneText(s))
			}
		}
		a.Command = strings.Join(names, ", ")
	}
	return true
}

// uploads counts the event logs that were put into the container.
func (a *Facts) uploads(b []byte) bool {
	listed := 0
	found := eachLine(b, func(o object) bool {
		if o.text("vfs_path") == "" {
			return false
		}
		if isLog(o.text("vfs_path")) && o.text("Type") != "idx" {
			listed++
		}
		return true
	})
	a.Listed = max(a.Listed, listed)
	return found
}

// velociraptorLog takes the time from the first line if the context has none, and counts errors.
func (a *Facts) velociraptorLog(b []byte) bool {
	var first time.Time
	errors := 0
	found := eachLine(b, func(o object) bool {
		if o.text("message", "Message") == "" {
			return false
		}
		first = earliest(first, epoch(o.text("client_time", "_ts", "Timestamp")))
		if strings.EqualFold(o.text("level"), "ERROR") {
			errors++
		}
		return true
	})
	if a.At.IsZero() {
		a.At = first
	}
	a.Errors = errors
	return found
}

// eachLine passes the objects of JSON lines to see until it returns false, and reports whether it returned
// true for the first.
func eachLine(b []byte, see func(object) bool) bool {
	found := false
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		b = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		o := parseObject(line)
		if o == nil || !see(o) {
			return found
		}
		found = true
	}
	return found
}

// epoch reads a time: seconds, milliseconds, microseconds or nanoseconds since 1970, which
// Velociraptor's versions mix, or RFC 3339.
func epoch(s string) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC()
	}
	whole, _, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil || n <= 0:
		return time.Time{}
	case n < 1e11:
		return time.Unix(n, 0).UTC()
	case n < 1e14:
		return time.UnixMilli(n).UTC()
	case n < 1e17:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}
