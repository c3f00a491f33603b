package evtxtest

// A form is what the events of one kind share: the two templates and the values that say where the event
// comes from.
type form struct {
	top, payload            *Template
	provider, guid, channel Value // unless the template has them as literals
}

// forms are the forms of a log, by their distinguishing features. There are as many as kinds of events in
// the log.
type forms struct {
	known map[string]*form
	key   *[]byte
}

func newForms() forms { return forms{known: map[string]*form{}, key: new([]byte)} }

// of returns the form of an event.
func (f forms) of(e *Event) *form {
	k := e.appendForm((*f.key)[:0])
	*f.key = k
	if known := f.known[string(k)]; known != nil {
		return known
	}
	made := &form{top: e.system(), payload: e.payload()}
	if !e.literal() {
		made.provider, made.guid, made.channel = String(e.Provider), GUID(e.GUID), String(e.Channel)
	}
	f.known[string(k)] = made
	return made
}

// appendForm appends everything that the templates of the event depend on.
func (e *Event) appendForm(k []byte) []byte {
	for _, s := range []string{e.Provider, e.GUID, e.EventSourceName, e.Channel, e.Computer} {
		k = append(append(k, s...), 0)
	}
	switch {
	case e.UserData != nil:
		k = append(append(append(append(k, 'u'), e.UserData.Element...), 0), e.UserData.XMLNS...)
	case e.Classic:
		return append(k, 'c')
	}
	pairs := e.pairs()
	for i := range pairs {
		p := &pairs[i]
		k = append(append(append(append(k, 0, byte(p.Value.Type)), p.Name...), 0), p.Element...)
	}
	return k
}
