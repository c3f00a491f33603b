// Package flag holds the options that several commands share, and reads what the command line says in them. For an
// option X there is X, which declares it, and XOf, which reads and checks it.
package flag

import (
	"github.com/urfave/cli/v2"

	"hunt/report/listing"
	"hunt/rules/pack"
)

// Evidence returns the options of the commands that read evidence.
func Evidence() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "evtx",
			Usage: "read evidence from `PATH`: a file, a directory or an archive (repeatable)"},
		InputList(),
		&cli.StringSliceFlag{Name: "host", Usage: "use only events of host `NAME`, short or full (repeatable)"},
		&cli.StringFlag{Name: "from", Usage: "use only events from `TIME` on (2026-03-02, 2026-03-02T14:00:00Z)"},
		&cli.StringFlag{Name: "to", Usage: "use only events up to `TIME`; a date includes the whole day"},
		&cli.StringFlag{Name: "clock", Value: "created",
			Usage: "order events by this `CLOCK`: created (TimeCreated) or utc (UtcTime where Sysmon logs it)"},
		&cli.BoolFlag{Name: "carved", Usage: "use carved records too (always marked)"},
		Jobs(),
		MaxMemory(), TempDir(),
		Passwords(), MergeHosts(),
		Progress(),
		&cli.BoolFlag{Name: "quiet", Usage: "print no progress and no summary on standard error"},
		&cli.BoolFlag{Name: "no-color", Usage: "use no colour, not even in a terminal"},
	}
}

// InputList declares --input-list.
func InputList() cli.Flag {
	return &cli.StringFlag{Name: "input-list",
		Usage: "read more evidence paths from `FILE` (CSV), one \"path, display name, host\" per line; name and " +
			"host are optional"}
}

// Jobs declares --jobs.
func Jobs() cli.Flag {
	return &cli.IntFlag{Name: "jobs", Usage: "use `N` workers", DefaultText: "one per core"}
}

// MaxMemory declares --max-memory.
func MaxMemory() cli.Flag {
	return &cli.StringFlag{Name: "max-memory", Value: "512MiB",
		Usage: "use about this much memory (`SIZE`, such as 512MiB or 2GiB) and spill the rest to temporary files"}
}

// TempDir declares --temp-dir.
func TempDir() cli.Flag {
	return &cli.StringFlag{Name: "temp-dir", Usage: "write temporary files to `DIR`", DefaultText: "the system's"}
}

// Passwords declares --password-file.
func Passwords() cli.Flag {
	return &cli.StringFlag{Name: "password-file",
		Usage: "read passwords for encrypted archives from `FILE`, one per line"}
}

// MergeHosts declares --merge-hosts.
func MergeHosts() cli.Flag {
	return &cli.StringFlag{Name: "merge-hosts",
		Usage: "read from `FILE` (TOML) which computer names belong to one host and which do not"}
}

// Progress declares --progress.
func Progress() cli.Flag {
	return &cli.StringFlag{Name: "progress", Value: "auto",
		Usage: "show progress on standard error as this `KIND`: auto, bar, json or none"}
}

// Rules returns the options that choose rules and tuning.
func Rules() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "rules",
			Usage: "add the rules in `PATH`, a file, directory or zip archive: Sigma, hunt's TOML, Elastic's TOML " +
				"or .eql (repeatable)"},
		&cli.StringSliceFlag{
			Name: "rules-status",
			Usage: "run only rules of these `STATUSES`: stable, test, experimental, deprecated, unsupported; " +
				"noisy and excluded add those that Hayabusa leaves out",
			Action: func(_ *cli.Context, list []string) error {
				_, err := Narrowed(pack.Sources{}, list, "")
				return err
			},
		},
		&cli.StringFlag{
			Name: "rules-level", Usage: "run only rules of this `LEVEL` or above: info, low, medium, high, critical",
			Action: func(_ *cli.Context, level string) error {
				_, err := Narrowed(pack.Sources{}, nil, level)
				return err
			},
		},
		&cli.StringSliceFlag{Name: "rules-tag",
			Usage: "run only rules with this `TAG`, such as attack.t1059 or attack.execution (repeatable)"},
		&cli.StringFlag{Name: "placeholders", Aliases: []string{"rules-placeholder"},
			Usage: "take the values of Sigma's placeholders (expand) from `FILE`, in YAML"},
		&cli.BoolFlag{Name: "no-default-rules", Usage: "leave out the built-in rules"},
		&cli.StringSliceFlag{Name: "tuning", Usage: "add the exceptions in `FILE` (repeatable)"},
		&cli.BoolFlag{Name: "no-default-tuning", Usage: "leave out the built-in exceptions"},
	}
}

// RuleNames are the names of the options of Rules.
func RuleNames() (names []string) {
	for _, f := range Rules() {
		names = append(names, f.Names()[0])
	}
	return names
}

// ECS declares --ecs.
func ECS() cli.Flag {
	return &cli.StringFlag{Name: "ecs", Value: "derived",
		Usage: "fill in fields in this `MODE`: derived adds values from the history of a host, marked; strict has " +
			"only Elastic's values"}
}

// Outputs returns the options for what is made from a result.
func Outputs() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "report",
			Usage: "write a report to `FILE`, whose extension sets the format: .html, .xlsx or .json (repeatable)"},
		&cli.StringFlag{Name: "navigator",
			Usage: "write a layer with the techniques for the ATT&CK Navigator to `FILE`"},
		&cli.StringFlag{Name: "stix", Usage: "write the indicators and observations as a STIX 2.1 bundle to `FILE`"},
		Zone(), Checksum(),
		&cli.StringFlag{Name: "case", Usage: "read case id, analyst, TLP, incident window and notes from `FILE` " +
			"(TOML or YAML)"},
		Previous(),
		&cli.StringFlag{Name: "report-limit", Value: defaultReportLimit,
			Usage: "let a report take `SIZE` per file: beyond it the least serious findings lose detail, never " +
				"their place in the list, and the report says so"},
		&cli.StringFlag{Name: "generated",
			Usage: "put this `TIME`, or 'now', in the report as its date; without it the same evidence gives the " +
				"same bytes"},
		&cli.BoolFlag{Name: "all", Usage: "list all incidents and findings on the terminal, not only the first 40"},
		&cli.StringFlag{Name: "fail-on",
			Usage: "exit with 4 if a finding has at least this `SEVERITY`: info, low, medium, high or critical"},
	}
}

// Previous declares --previous.
func Previous() cli.Flag {
	return &cli.StringFlag{Name: "previous",
		Usage: "mark what is new or changed since `REPORT`, a JSON report of the same case"}
}

// ChecksumEnding is appended to the name of an output for the name of its checksum file.
const ChecksumEnding = ".sha256"

// Checksum declares --checksum.
func Checksum() cli.Flag {
	return &cli.BoolFlag{Name: "checksum",
		Usage: "write the SHA-256 of each output next to it, in a file that ends in " + ChecksumEnding +
			", for 'sha256sum -c'"}
}

// Listing returns the options of commands that print rows.
func Listing() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Value: string(listing.Table),
			Usage: "print the rows in this `FORMAT`: table, csv, jsonl or xlsx"},
		&cli.BoolFlag{Name: "csv-bom", Value: true,
			Usage: "begin CSV with a byte order mark for Excel; --csv-bom=false leaves it out"},
		Zone(),
	}
}

// Zone declares --tz.
func Zone() cli.Flag {
	return &cli.StringFlag{Name: "tz", Usage: "show times in this `ZONE`, too, such as Europe/Berlin; UTC always stays"}
}

// OKIncomplete declares --ok-incomplete.
func OKIncomplete() cli.Flag {
	return &cli.BoolFlag{Name: "ok-incomplete",
		Usage: "exit with 0 instead of 3 if some evidence could not be read; shards and reports say which"}
}

// Plan declares --plan.
func Plan() cli.Flag {
	return &cli.StringFlag{Name: "plan", Usage: "read the plan that 'hunt resolve' wrote from `FILE`"}
}

// Batch returns the options of the commands that make a report of a batch.
func Batch() []cli.Flag {
	return []cli.Flag{
		MergeHosts(), Jobs(), MaxMemory(), TempDir(), Progress(),
		&cli.BoolFlag{Name: "quiet", Usage: "print no progress and no summary on standard error"},
		OKIncomplete(),
		&cli.BoolFlag{Name: "no-color", Usage: "use no colour, not even in a terminal"},
	}
}

// Expect returns the options that say which inputs a batch has.
func Expect() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "expect",
			Usage: "say in the report which inputs of `FILE`, a list as for --input-list, have no shard"},
		&cli.BoolFlag{Name: "require-all", Usage: "with --expect: fail if an input has no shard"},
	}
}

// WithUsage replaces the usage of one of the options.
func WithUsage(flags []cli.Flag, name, usage string) []cli.Flag {
	for _, f := range flags {
		if b, ok := f.(*cli.BoolFlag); ok && b.Name == name {
			b.Usage = usage
		}
	}
	return flags
}
