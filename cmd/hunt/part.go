package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"hunt/timeline/evidence"
)

// part is one of the equal shares into which the work of a batch is cut: number of count, from 0.
type part struct{ number, count int }

// maxParts bounds the parts of a batch: no scheduler has more tasks in one array.
const maxParts = 1_000_000

// whole is the part of who does everything alone.
var whole = part{0, 1}

// scheduler names the variables in which a scheduler tells a task of an array its number.
type scheduler struct {
	name  string
	index string // the number
	count string // of tasks; "" if the scheduler does not tell
	first string // the least number, "" for 0
	step  string // between numbers, "" for 1
}

// schedulers are asked in this order.
var schedulers = []scheduler{
	{name: "Kubernetes", index: "JOB_COMPLETION_INDEX"},
	{name: "Slurm", index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", first: "SLURM_ARRAY_TASK_MIN",
		step: "SLURM_ARRAY_TASK_STEP"},
	{name: "AWS Batch", index: "AWS_BATCH_JOB_ARRAY_INDEX", count: "AWS_BATCH_JOB_ARRAY_SIZE"},
	{name: "Google Batch", index: "BATCH_TASK_INDEX", count: "BATCH_TASK_COUNT"},
}

// autoPart asks the scheduler for the number of a part, and for the count where none is written.
const autoPart = "auto"

// parsePart reads "3/8", "auto/8" or "auto", as a flag has it. env looks variables up.
func parsePart(flag, s string, env func(string) (string, bool)) (part, error) {
	number, count, counted := strings.Cut(s, "/")
	p := part{}
	var err error
	if counted {
		if p.count, err = strconv.Atoi(count); err != nil || p.count < 1 || p.count > maxParts {
			return part{}, usageError("--%s: invalid value %q: write I/N, such as 0/8, with N from 1 to %d", flag, s,
				maxParts)
		}
	}
	switch {
	case number == autoPart:
		if p, err = scheduledPart(flag, p.count, env); err != nil {
			return part{}, err
		}
	case !counted:
		return part{}, usageError("--%s: invalid value %q: write I/N, such as 0/8, or auto inside a job array", flag, s)
	default:
		if p.number, err = strconv.Atoi(number); err != nil {
			return part{}, usageError("--%s: invalid value %q: write I/N, such as 0/8, or auto/8 inside a job array",
				flag, s)
		}
	}
	if p.number < 0 || p.number >= p.count {
		return part{}, usageError("--%s: there is no part %d of %d: parts are numbered from 0 to %d", flag, p.number,
			p.count, p.count-1)
	}
	return p, nil
}

// scheduledPart asks the scheduler. A count of 0 stands for the scheduler's own.
func scheduledPart(flag string, count int, env func(string) (string, bool)) (part, error) {
	for _, s := range schedulers {
		if text, set := env(s.index); !set || text == "" {
			continue
		}
		value := func(name string, otherwise int) (int, error) {
			text, set := env(name)
			if name == "" || !set {
				return otherwise, nil
			}
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil {
				return 0, usageError("--%s: %s sets %s to %q, which is not a number", flag, s.name, name, text)
			}
			return n, nil
		}
		number, err := value(s.index, 0)
		if err != nil || count > 0 {
			return part{number, count}, err
		}
		if count, err = value(s.count, 0); err != nil {
			return part{}, err
		}
		if count < 1 {
			return part{}, usageError("--%s: %s does not say how many tasks there are: write %s/N", flag, s.name,
				autoPart)
		}
		first, err := value(s.first, 0)
		if err != nil {
			return part{}, err
		}
		step, err := value(s.step, 1)
		if err != nil {
			return part{}, err
		}
		if step = max(step, 1); (number-first)%step != 0 {
			return part{}, usageError("--%s: %s numbers its tasks from %d in steps of %d, and this is task %d: "+
				"write %s/N", flag, s.name, first, step, number, autoPart)
		}
		return part{(number - first) / step, count}, nil
	}
	var names []string
	for _, s := range schedulers {
		names = append(names, s.index)
	}
	return part{}, usageError("--%s: no scheduler tells the number of this task (%s): write I/N", flag,
		strings.Join(names, ", "))
}

// partOf reads a flag that may be left out: then everything is one part.
func partOf(flag, s string) (part, error) {
	if s == "" {
		return whole, nil
	}
	return parsePart(flag, s, os.LookupEnv)
}

// inputs are those of the part: every count-th, from its number on.
func (p part) inputs(all []evidence.Input) []evidence.Input {
	var out []evidence.Input
	for i := p.number; i < len(all); i += p.count {
		out = append(out, all[i])
	}
	return out
}

func (p part) String() string { return fmt.Sprintf("%d/%d", p.number, p.count) }
