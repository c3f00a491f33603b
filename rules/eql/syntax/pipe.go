package syntax

import "strconv"

// FirstPipes are the pipes of EQL's first implementation that Elasticsearch has not adopted.
var FirstPipes = []string{"count", "filter", "sort", "unique", "unique_count"}

// usualPipe is the number of head and tail in the first EQL if none is given.
const usualPipe = 50

// firstPipe parses the arguments of a pipe of the first EQL; its name is the current token.
func (p *parser) firstPipe(pipe *Pipe) {
	p.advance()
	if pipe.Name == "filter" {
		pipe.Where = p.condition()
		return
	}
	if p.tok.Kind == EOF || p.tok.is("|") {
		if pipe.Name != "count" {
			p.errorf(p.tok.Pos, "name a field: | "+pipe.Name+" process.name", "`%s` needs a field, found %s", pipe.Name,
				p.tok.describe())
		}
		return
	}
	for {
		pipe.Fields = append(pipe.Fields, p.pipeField())
		if !p.accept(",") {
			return
		}
	}
}

// pipeField parses a field, or events[N].field.
func (p *parser) pipeField() *PipeField {
	f := &PipeField{}
	at, optional := p.tok.Pos, p.accept("?")
	if p.tok.Kind != Ident {
		p.errorf(p.tok.Pos, "name fields with commas between: process.name, user.name", "expected a field, found %s",
			p.tok.describe())
		f.Name = &Name{At: at}
		return f
	}
	if p.tok.name("events") && !optional {
		p.advance()
		if p.accept("[") {
			n, err := strconv.Atoi(p.tok.Text)
			if p.tok.Kind != Integer || err != nil {
				p.errorf(p.tok.Pos, "write events[0].process.name", "expected the number of an event, found %s",
					p.tok.describe())
			}
			f.Event = n
			p.advance()
			p.expect("]", "behind the number of an event")
			p.expect(".", "behind events[…]")
			f.Name, _ = p.name(p.tok.Pos, false).(*Name)
		} else {
			f.Name = &Name{At: at, Parts: []string{"events"}}
			if p.accept(".") {
				rest, _ := p.name(p.tok.Pos, false).(*Name)
				if rest != nil {
					f.Name.Parts = append(f.Name.Parts, rest.Parts...)
				}
			}
		}
	} else {
		f.Name, _ = p.name(at, optional).(*Name)
	}
	if f.Name == nil {
		p.errorf(at, "name a field", "a pipe takes fields only")
		f.Name = &Name{At: at}
	}
	return f
}
