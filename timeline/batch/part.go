package batch

import (
	"fmt"
	"strconv"
	"strings"

	"hunt/timeline/evidence"
)

// Part is one of the equal shares into which the work of a batch is cut: number Number of Count, counted from
// 0.
type Part struct{ Number, Count int }

// maxParts bounds the parts of a batch: no scheduler has more tasks in one array.
const maxParts = 1_000_000

// whole is the only part if there is no division.
var whole = Part{0, 1}

// scheduler names the environment variables in which a scheduler gives a task of an array its number.
type scheduler struct {
	name  string
	index string // the number
	count string // of tasks; "" if the scheduler does not tell
	first string // the least number, "" for 0
	step  string // between numbers, "" for 1
}

// schedulers are tried in this order.
var schedulers = []scheduler{
	{name: "Kubernetes", index: "JOB_COMPLETION_INDEX"},
	{name: "Slurm", index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", first: "SLURM_ARRAY_TASK_MIN",
		step: "SLURM_ARRAY_TASK_STEP"},
	{name: "AWS Batch", index: "AWS_BATCH_JOB_ARRAY_INDEX", count: "AWS_BATCH_JOB_ARRAY_SIZE"},
	{name: "Google Batch", index: "BATCH_TASK_INDEX", count: "BATCH_TASK_COUNT"},
}

// autoPart asks the scheduler for the number of the part, and for the count if none is written.
const autoPart = "auto"

// parsePart reads a part other than "".
func parsePart(s string, env func(string) (string, bool)) (Part, error) {
	number, count, counted := strings.Cut(s, "/")
	p := Part{}
	var err error
	if counted {
		if p.Count, err = strconv.Atoi(count); err != nil || p.Count < 1 || p.Count > maxParts {
			return Part{}, fmt.Errorf("invalid value %q: write I/N, such as 0/8, with N from 1 to %d", s,
				maxParts)
		}
	}
	switch {
	case number == autoPart:
		if p, err = scheduledPart(p.Count, env); err != nil {
			return Part{}, err
		}
	case !counted:
		return Part{}, fmt.Errorf("invalid value %q: write I/N, such as 0/8, or auto inside a job array", s)
	default:
		if p.Number, err = strconv.Atoi(number); err != nil {
			return Part{}, fmt.Errorf("invalid value %q: write I/N, such as 0/8, or auto/8 inside a job array",
				s)
		}
	}
	if p.Number < 0 || p.Number >= p.Count {
		return Part{}, fmt.Errorf("there is no part %d of %d: parts are numbered from 0 to %d", p.Number,
			p.Count, p.Count-1)
	}
	return p, nil
}

// scheduledPart asks the scheduler. A count of 0 stands for the scheduler's own.
func scheduledPart(count int, env func(string) (string, bool)) (Part, error) {
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
				return 0, fmt.Errorf("%s sets %s to %q, which is not a number", s.name, name, text)
			}
			return n, nil
		}
		number, err := value(s.index, 0)
		if err != nil || count > 0 {
			return Part{number, count}, err
		}
		if count, err = value(s.count, 0); err != nil {
			return Part{}, err
		}
		if count < 1 {
			return Part{}, fmt.Errorf("%s does not say how many tasks there are: write %s/N", s.name,
				autoPart)
		}
		first, err := value(s.first, 0)
		if err != nil {
			return Part{}, err
		}
		step, err := value(s.step, 1)
		if err != nil {
			return Part{}, err
		}
		if step = max(step, 1); (number-first)%step != 0 {
			return Part{}, fmt.Errorf("%s numbers its tasks from %d in steps of %d, and this is task %d: "+
				"write %s/N", s.name, first, step, number, autoPart)
		}
		return Part{(number - first) / step, count}, nil
	}
	var names []string
	for _, s := range schedulers {
		names = append(names, s.index)
	}
	return Part{}, fmt.Errorf("no variable of a scheduler gives the number of this task (%s): write I/N",
		strings.Join(names, ", "))
}

// ParsePart reads "3/8"; "auto/8" and "auto" ask the scheduler, whose variables env looks up. "" is everything.
func ParsePart(s string, env func(string) (string, bool)) (Part, error) {
	if s == "" {
		return whole, nil
	}
	return parsePart(s, env)
}

// Inputs returns the inputs of the part: every Count-th, starting at Number.
func (p Part) Inputs(all []evidence.Input) []evidence.Input {
	var out []evidence.Input
	for i := p.Number; i < len(all); i += p.Count {
		out = append(out, all[i])
	}
	return out
}

func (p Part) String() string { return fmt.Sprintf("%d/%d", p.Number, p.Count) }
