package batch

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"hunt/timeline/evidence"
)

func TestPartsAreThoseThatAreWrittenOrThatASchedulerTells(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		env  map[string]string
		want Part
		err  string
	}{
		"written":           {text: "3/8", want: Part{3, 8}},
		"the only one":      {text: "0/1", want: Part{0, 1}},
		"beyond":            {text: "8/8", err: "numbered from 0 to 7"},
		"below":             {text: "-1/8", err: "numbered from 0 to 7"},
		"no count":          {text: "3", err: "write I/N"},
		"of none":           {text: "0/0", err: "write I/N"},
		"of words":          {text: "x/8", err: "write I/N"},
		"nobody tells":      {text: "auto", err: "no variable of a scheduler"},
		"kubernetes":        {text: "auto/4", env: map[string]string{"JOB_COMPLETION_INDEX": "2"}, want: Part{2, 4}},
		"kubernetes, alone": {text: "auto", env: map[string]string{"JOB_COMPLETION_INDEX": "2"}, err: "write auto/N"},
		"kubernetes, beyond": {text: "auto/2", env: map[string]string{"JOB_COMPLETION_INDEX": "2"},
			err: "numbered from 0 to 1"},
		"slurm": {text: "auto",
			env: map[string]string{"SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_MIN": "1",
				"SLURM_ARRAY_TASK_STEP": "4", "SLURM_ARRAY_TASK_COUNT": "3"}, want: Part{2, 3}},
		"slurm, holes": {text: "auto",
			env: map[string]string{"SLURM_ARRAY_TASK_ID": "8", "SLURM_ARRAY_TASK_MIN": "1",
				"SLURM_ARRAY_TASK_STEP": "4", "SLURM_ARRAY_TASK_COUNT": "3"}, err: "write auto/N"},
		"aws": {text: "auto",
			env:  map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "7"},
			want: Part{0, 7}},
		"google": {text: "auto", env: map[string]string{"BATCH_TASK_INDEX": "6", "BATCH_TASK_COUNT": "7"},
			want: Part{6, 7}},
		"rubbish": {text: "auto/7", env: map[string]string{"BATCH_TASK_INDEX": "six"},
			err: "which is not a number"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParsePart(c.text, func(name string) (string, bool) {
				v, ok := c.env[name]
				return v, ok
			})
			switch {
			case c.err == "" && (err != nil || got != c.want):
				t.Errorf("%v, %v; want %v", got, err, c.want)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("%v, %v; want %q", got, err, c.err)
			}
		})
	}
}

func TestPartsShareTheInputs(t *testing.T) {
	var all []evidence.Input
	for i := range 11 {
		all = append(all, evidence.Input{Name: fmt.Sprint(i)})
	}
	for _, n := range []int{1, 2, 7, 11, 33} {
		times := map[string]int{}
		for i := range n {
			for _, in := range (Part{i, n}).Inputs(all) {
				times[in.Name]++
			}
		}
		for _, in := range all {
			if times[in.Name] != 1 {
				t.Errorf("%d parts: input %s is in %d of them", n, in.Name, times[in.Name])
			}
		}
	}
}

func TestFaultsThatPassAreWorthARetry(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: passingErrors[0]}
	if !Passing(fmt.Errorf("shards: %w", full)) {
		t.Error("a full disk is no passing fault")
	}
	for _, err := range []error{os.ErrNotExist, os.ErrPermission, syscall.ENOTDIR, errors.New("x"), nil} {
		if Passing(err) {
			t.Errorf("%v is a passing fault", err)
		}
	}
}
