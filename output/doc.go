// Package output writes the files that a run of hunt leaves behind, and breaks nothing that lies beside them.
//
// A run has one Set. Each output is added to it before the work, which checks what can be checked then: that the
// name can be used on this system and, except for a warning, on the others; that its directory is there and takes
// files; that the file may be replaced; that it is not an input, no event log and no other output. What cannot be
// written both whole and safely is refused there, with what to do.
//
// A regular file is written beside the one it replaces, flushed to the disk and renamed over it; where the name is a
// symbolic link, over the file that the link leads to. The mode, and where possible the owner, of a file that is
// replaced are kept. Nothing is renamed before all outputs of the set are complete: after a full disk or Ctrl-C the
// files of the last run are still there, all of them. Devices, named pipes and file descriptors (/dev/stdout,
// /dev/fd/3, -) are written in place, after the renames.
//
// Runs that write the same outputs at once rename them one after the other, where the system can lock directories, so
// that what stays is all of one run.
//
// Temporary files are called .hunt-PID-RANDOM.tmp and are in the directory of the output. Each is locked while its
// run lives, so that the next run which writes into that directory can tell those that a killed run left, and
// removes them. Until it is locked it is called .new, and no run takes it for left.
//
//	set := output.NewSet(os.Stdout)
//	defer set.Abandon()
//	f, err := set.Add("out.json", output.Options{})
//	...
//	_ = f.Write(ctx, func(w io.Writer) error { return report.WriteJSON(ctx, w, r) })
//	err = set.Commit(ctx)
package output
