package sigma

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// HayabusaConfig is what the config folder of hayabusa-rules says about rules, by their ids.
type HayabusaConfig struct {
	Levels          map[string]string // new levels
	Excluded, Noisy map[string]bool   // off by default
}

// The files of the config folder that hunt reads.
const (
	LevelTuning   = "level_tuning.txt"
	ExcludedRules = "exclude_rules.txt"
	NoisyRules    = "noisy_rules.txt"
)

// Read adds the content of a file. Errors name the line.
func (c *HayabusaConfig) Read(name string, src []byte) error {
	if c.Levels == nil {
		c.Levels, c.Excluded, c.Noisy = map[string]string{}, map[string]bool{}, map[string]bool{}
	}
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(src, []byte("\ufeff"))))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		line = strings.TrimSpace(line)
		if line == "" || name == LevelTuning && line == "id,new_level" {
			continue
		}
		switch name {
		case LevelTuning:
			id, level, ok := strings.Cut(line, ",")
			id, level = strings.TrimSpace(id), strings.ToLower(strings.TrimSpace(level))
			if !ok || !isLevel(level) {
				return fmt.Errorf("line %d: want a rule's id, a comma and a level: informational, low, medium, "+
					"high, critical", n)
			}
			c.Levels[id] = level
		case ExcludedRules:
			c.Excluded[line] = true
		case NoisyRules:
			c.Noisy[line] = true
		}
	}
	return lines.Err()
}

func isLevel(s string) bool {
	switch s {
	case "informational", "low", "medium", "high", "critical":
		return true
	}
	return false
}
