package task_test

import (
	"strings"
	"testing"

	"hunt/timeline/task"
)

func TestCommandsAreWhatATaskRuns(t *testing.T) {
	for in, want := range map[string]string{
		`<?xml version="1.0" encoding="UTF-16"?><Task><Triggers><Command>no</Command></Triggers><Actions Context="A"><Exec>` +
			`<Command>cmd.exe</Command><Arguments>/c a &gt; b</Arguments></Exec><ComHandler><ClassId>{x}</ClassId></ComHandler></Actions></Task>`: "cmd.exe /c a > b & {x}",
		`<Task><Actions><Exec><Command>a</Command></Exec><Exec><Command>b`: "a",
		`no XML`: "",
		"":       "",
	} {
		if got := strings.Join(task.Commands(in), " & "); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
