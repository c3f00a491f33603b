package rules

import (
	"strings"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// facts are what tuning compares of the finding: its events.
func (f *Finding) facts() []pack.Facts {
	out := make([]pack.Facts, 0, len(f.Evidence))
	for i := range f.Evidence {
		if f.Evidence[i].Event != nil {
			out = append(out, evidenceFacts{&f.Evidence[i]})
		}
	}
	return out
}

// evidenceFacts shows an event of a finding to tuning.
type evidenceFacts struct{ *Evidence }

func (e evidenceFacts) Stage() (label string, number int) { return e.Label, e.Evidence.Stage }
func (e evidenceFacts) At() evtx.Filetime                 { return e.Event.At }

func (e evidenceFacts) Texts(p pack.Part) []string {
	switch p {
	case pack.PartHost:
		return hostNames(e.Event)
	case pack.PartUser:
		return userNames(e.Event)
	}
	return texts(e.Event, partFields[p]...)
}

// partFields are the fields of the parts that are fields and nothing else.
var partFields = map[pack.Part][]ecs.Field{
	pack.PartParent:            {ecs.ProcessParentExecutable, ecs.ProcessParentName},
	pack.PartParentCommandLine: {ecs.ProcessParentCommandLine},
	pack.PartPath:              {ecs.ProcessExecutable, ecs.FilePath, ecs.HuntPath, ecs.HuntFileOwnerPath},
	pack.PartCommandLine:       {ecs.ProcessCommandLine},
	pack.PartHash:              hashFields,
	pack.PartSigner: {ecs.ProcessPECompany, ecs.FilePECompany, ecs.FileCodeSignatureSubjectName,
		ecs.DLLCodeSignatureSubjectName},
}

var hashFields = []ecs.Field{
	ecs.ProcessHashMD5, ecs.ProcessHashSHA1, ecs.ProcessHashSHA256, ecs.ProcessHashSHA512,
	ecs.FileHashMD5, ecs.FileHashSHA1, ecs.FileHashSHA256, ecs.FileHashSHA512,
}

// texts are the text values of fields.
func texts(e *timeline.Event, fields ...ecs.Field) []string {
	var out []string
	var buf [4]ecs.Value
	for _, f := range fields {
		for _, v := range e.Values(f, buf[:0]) {
			if v.Kind == ecs.KindString && v.Str != "" {
				out = append(out, v.Str)
			}
		}
	}
	return out
}

func hostNames(e *timeline.Event) []string {
	names := texts(e, ecs.WinlogComputerName)
	if e.Host != nil {
		names = append(append(names, e.Host.ID), e.Host.Names...)
	}
	for _, name := range names {
		if short, _, ok := strings.Cut(name, "."); ok {
			names = append(names, short)
		}
	}
	return names
}

// userNames are the ways in which tuning may name the user of an event: name, DOMAIN\name, SID.
func userNames(e *timeline.Event) []string {
	names := texts(e, ecs.UserName)
	if domain := texts(e, ecs.UserDomain); len(domain) > 0 && len(names) > 0 {
		names = append(names, domain[0]+`\`+names[0])
	}
	return append(names, texts(e, ecs.UserID)...)
}

// remembered keeps the texts of an event that many exceptions and tools are compared with.
type remembered struct {
	evidenceFacts
	texts map[pack.Part][]string
}

// Texts implements pack.Facts.
func (r *remembered) Texts(p pack.Part) []string {
	list, ok := r.texts[p]
	if !ok {
		if r.texts == nil {
			r.texts = map[pack.Part][]string{}
		}
		list = r.evidenceFacts.Texts(p)
		r.texts[p] = list
	}
	return list
}
