package stats

import (
	"fmt"
	"strings"

	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/task"
)

// Stack is a kind of thing that is stacked: which events have it, and which part of an event it is.
type Stack struct {
	Name string
	Keys []Key

	fits func(*ecs.Class) bool // nil: all events are examined
}

// Choose makes choosers for the events of a stack.
func (s *Stack) Choose() func(*ecs.Event) timeline.Choice {
	return func(e *ecs.Event) timeline.Choice {
		if s.fits != nil && !s.fits(e.Class) {
			return timeline.Drop
		}
		return timeline.Take
	}
}

// Stacks are the names of the stacks that need no field.
var Stacks = []string{"services", "tasks", "programs", "commands", "domains"}

// NewStack returns a stack by its name, which may be that of a field. Unless exact is set, Fold makes different
// spellings of one thing equal.
func NewStack(name string, exact bool, schema *ecs.Schema) (*Stack, error) {
	fold := func(how Folding, key Key) Key {
		if exact {
			return key
		}
		return key.folded(how)
	}
	field := func(name, title string, fields ...string) Key {
		ids := make([]ecs.Field, len(fields))
		for i, f := range fields {
			ids[i], _, _ = schema.Field(f)
		}
		return usualKey(name, title, func(r *reader, e *timeline.Event, dst []string) []string {
			from := len(dst)
			for _, id := range ids {
				if dst = r.texts(e, id, dst); len(dst) > from {
					return dst[:from+1]
				}
			}
			return dst
		})
	}
	role := func(role ecs.Role) func(*ecs.Class) bool {
		return func(c *ecs.Class) bool { return c.Role == role }
	}
	switch name {
	case "services":
		return &Stack{name, []Key{
			fold(Names, field("service", "Service", "service.name")),
			fold(Commands, field("command", "Command", "winlog.event_data.ImagePath",
				"winlog.event_data.ServiceFileName")),
		}, role(ecs.RoleServiceInstalled)}, nil
	case "tasks":
		return &Stack{name, []Key{
			fold(Names, field("task", "Task", "winlog.scheduled_task.name")),
			fold(Commands, taskCommand(schema)),
		}, func(c *ecs.Class) bool { return c.Mapped(ecs.WinlogScheduledTaskName) }}, nil
	case "programs":
		return &Stack{name, []Key{fold(Paths, field("program", "Program", "process.executable"))},
			role(ecs.RoleProcessStart)}, nil
	case "commands":
		return &Stack{name, []Key{fold(Commands, field("command", "Command", "process.command_line"))},
			role(ecs.RoleProcessStart)}, nil
	case "domains":
		return &Stack{name, []Key{fold(Domains, field("domain", "Domain", "dns.question.name"))},
			func(c *ecs.Class) bool { return c.Mapped(ecs.DNSQuestionName) }}, nil
	}
	key, err := parseKey(name, schema)
	if err != nil {
		return nil, fmt.Errorf("%w; or one of %s", err, strings.Join(Stacks, ", "))
	}
	return &Stack{name, []Key{fold(Names, key)}, nil}, nil
}

// folded returns the key with its values folded.
func (k Key) folded(how Folding) Key {
	values := k.values
	k.values = func(r *reader, e *timeline.Event, dst []string) []string {
		from := len(dst)
		dst = values(r, e, dst)
		for i := from; i < len(dst); i++ {
			dst[i] = Fold(dst[i], how)
		}
		return dst
	}
	return k
}

// taskCommand returns what a task runs: the actions of its definition, or else the action that an event names.
func taskCommand(schema *ecs.Schema) Key {
	id := func(name string) ecs.Field { f, _, _ := schema.Field("winlog.event_data." + name); return f }
	content, changed, action, path := id("TaskContent"), id("TaskContentNew"), id("ActionName"), id("Path")
	return usualKey("command", "Command", func(r *reader, e *timeline.Event, dst []string) []string {
		var room [2]string
		for _, f := range []ecs.Field{content, changed} {
			for _, text := range r.texts(e, f, room[:0]) {
				if command := strings.Join(task.Commands(text), " & "); command != "" {
					return append(dst, command)
				}
			}
		}
		for _, f := range []ecs.Field{action, path} {
			if texts := r.texts(e, f, room[:0]); len(texts) > 0 {
				return append(dst, texts[0])
			}
		}
		return dst
	})
}
