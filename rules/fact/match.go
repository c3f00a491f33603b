package fact

import (
	"strings"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
)

// Facts gives an event of a finding to tuning.
type Facts struct {
	Label  string // of the stage
	Number int    // of the stage
	Event  *timeline.Event
}

// Stage implements pack.Facts.
func (e Facts) Stage() (label string, number int) { return e.Label, e.Number }

// At implements pack.Facts.
func (e Facts) At() evtx.Filetime { return e.Event.At }

// Texts implements pack.Facts.
func (e Facts) Texts(p pack.Part) []string {
	switch p {
	case pack.PartHost:
		return hostNames(e.Event)
	case pack.PartUser:
		return userNames(e.Event)
	}
	return Texts(e.Event, partFields[p]...)
}

// partFields are the fields of the parts that are plain fields.
var partFields = map[pack.Part][]ecs.Field{
	pack.PartParent:            {ecs.ProcessParentExecutable, ecs.ProcessParentName},
	pack.PartParentCommandLine: {ecs.ProcessParentCommandLine},
	pack.PartPath:              {ecs.ProcessExecutable, ecs.FilePath, ecs.HuntPath, ecs.HuntFileOwnerPath},
	pack.PartCommandLine:       {ecs.ProcessCommandLine},
	pack.PartHash:              HashFields,
	pack.PartSigner: {ecs.ProcessPECompany, ecs.FilePECompany, ecs.FileCodeSignatureSubjectName,
		ecs.DLLCodeSignatureSubjectName},
}

// HashFields are the hashes of programs and files.
var HashFields = []ecs.Field{
	ecs.ProcessHashMD5, ecs.ProcessHashSHA1, ecs.ProcessHashSHA256, ecs.ProcessHashSHA512,
	ecs.FileHashMD5, ecs.FileHashSHA1, ecs.FileHashSHA256, ecs.FileHashSHA512,
}

// Texts returns the text values of fields.
func Texts(e *timeline.Event, fields ...ecs.Field) []string {
	var out []string
	var buf [4]scalar.Value
	for _, f := range fields {
		for _, v := range e.Values(f, buf[:0]) {
			if v.Kind == scalar.KindString && v.Str != "" {
				out = append(out, v.Str)
			}
		}
	}
	return out
}

func hostNames(e *timeline.Event) []string {
	names := Texts(e, ecs.WinlogComputerName)
	if e.Host != nil {
		names = append(append(names, e.Host.ID), e.Host.Names()...)
	}
	for _, name := range names {
		if short, _, ok := strings.Cut(name, "."); ok {
			names = append(names, short)
		}
	}
	return names
}

// userNames returns the ways in which tuning may name the user of an event: name, DOMAIN\name,
// SID.
func userNames(e *timeline.Event) []string {
	names := Texts(e, ecs.UserName)
	if domain := Texts(e, ecs.UserDomain); len(domain) > 0 && len(names) > 0 {
		names = append(names, domain[0]+`\`+names[0])
	}
	return append(names, Texts(e, ecs.UserID)...)
}

// Remembered caches the texts of an event with which many exceptions and tools are compared.
type Remembered struct {
	Facts
	texts map[pack.Part][]string
}

// Texts implements pack.Facts.
func (r *Remembered) Texts(p pack.Part) []string {
	list, ok := r.texts[p]
	if !ok {
		if r.texts == nil {
			r.texts = map[pack.Part][]string{}
		}
		list = r.Facts.Texts(p)
		r.texts[p] = list
	}
	return list
}

// First returns the first of some values, "" if there is none.
func First(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
