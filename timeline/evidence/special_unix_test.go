//go:build !windows

package evidence

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// within fails a test whose work waits, as opening a pipe does.
func within(t *testing.T, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("waits for the other end of a pipe")
	}
}

func TestAFileThatBecameAPipeIsNotWaitedFor(t *testing.T) {
	members := logs(3)
	dir := t.TempDir()
	log := write(t, dir, "a.evtx", members[0].body)
	packed := write(t, dir, "b.zip", zipOf(t, 0, members[1]))
	write(t, dir, "c.evtx", members[2].body)
	col, list := collectIn(t, Options{}, dir)
	if len(list) != 3 {
		t.Fatalf("%q", list)
	}
	for _, name := range []string{log, packed} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	within(t, func() {
		for i, f := range col.Files {
			r, err := f.Open()
			if err == nil {
				_ = r.Close()
			}
			if i < 2 && (err == nil || !strings.Contains(err.Error(), "no longer a regular file")) ||
				i == 2 && err != nil {
				t.Errorf("%s: %v", f.Path, err)
			}
			if at, err := f.OpenRandom(); err == nil {
				_ = at.Close()
				if i < 2 {
					t.Errorf("%s: a pipe is opened for random access", f.Path)
				}
			}
		}
	})
}

func TestPipesSocketsAndDevicesAmongTheEvidenceAreNotOpened(t *testing.T) {
	members := logs(1)
	dir := t.TempDir()
	write(t, dir, "good.evtx", members[0].body)
	for _, name := range []string{"pipe.evtx", "pipe"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"good.evtx read", "pipe.evtx unreadable"}
	// The device is one that no driver has: were it opened, nothing would happen but an error.
	if err := syscall.Mknod(filepath.Join(dir, "device.evtx"), syscall.S_IFCHR|0o600, 250<<8|250); err == nil {
		want = append(want, "device.evtx unreadable")
	} else {
		t.Log("no device: making one takes root")
	}
	if err := syscall.Mknod(filepath.Join(dir, "block.evtx"), syscall.S_IFBLK|0o600, 250<<8|250); err == nil {
		want = append(want, "block.evtx unreadable")
	}
	if err := os.Symlink("pipe", filepath.Join(dir, "link.evtx")); err != nil {
		t.Fatal(err)
	}
	want = append(want, "link.evtx unreadable")
	slices.Sort(want)
	within(t, func() {
		col, list := collectIn(t, Options{}, dir)
		if !slices.Equal(list, want) {
			t.Errorf("%q, want %q", list, want)
		}
		for _, f := range col.Files {
			if f.Status != Read && !strings.Contains(f.Detail, "not a regular file") {
				t.Errorf("%s: %q", f.Path, f.Detail)
			}
		}
		_, list = collectIn(t, Options{}, filepath.Join(dir, "pipe"))
		if !slices.Equal(list, []string{"pipe unreadable"}) {
			t.Errorf("a pipe as the argument: %q", list)
		}
	})
}

// TestALinkThatIsNotFollowedIsTold: a host whose logs are linked into the evidence is not missed in silence.
func TestALinkThatIsNotFollowedIsTold(t *testing.T) {
	elsewhere, dir := t.TempDir(), t.TempDir()
	log := logs(1)[0].body
	write(t, elsewhere, "other.evtx", log)
	write(t, dir, "host/a.evtx", log)
	for name, to := range map[string]string{"linked": elsewhere, "self": ".", "up": "..", "inner": "host",
		"b.evtx": filepath.Join(elsewhere, "other.evtx"), "gone.evtx": "nowhere", "gone.zip": "nowhere",
		"gone": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	col, _ := collectIn(t, Options{}, dir)
	got := map[string]string{}
	for _, f := range col.Files {
		got[f.Path] = f.Detail
	}
	for name, want := range map[string]string{"linked": "a link to a directory elsewhere", "up": "--evtx ",
		"host/a.evtx": "", "b.evtx": "", "gone.evtx": "a link that leads nowhere: no such file",
		"gone.zip": "leads nowhere"} {
		if detail, known := got[name]; !known || !strings.Contains(detail, want) {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) > 0 || col.Ignored != 3 {
		t.Errorf("also told: %q; %d files ignored, want 3", got, col.Ignored)
	}
}

// TestALinkInsideIsInsideHoweverTheEvidenceIsNamed: by a relative path, from a directory that is known by a link, links
// with absolute targets lead to what is read anyway.
func TestALinkInsideIsInsideHoweverTheEvidenceIsNamed(t *testing.T) {
	base := t.TempDir()
	log := logs(1)[0].body
	a := write(t, base, "real/ev idence/host/a.evtx", log)
	dir := filepath.Dir(filepath.Dir(a))
	write(t, base, "real/other/o.evtx", log)
	for name, to := range map[string]string{"in": filepath.Dir(a), "z.evtx": a, "top": dir,
		"out": filepath.Join(base, "real/other"), "near": dir + "/../other"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("real", filepath.Join(base, "linked")); err != nil {
		t.Fatal(err)
	}
	for _, cwd := range []string{"real", "linked"} {
		t.Chdir(filepath.Join(base, cwd))
		for _, in := range []string{"ev idence", "../linked/ev idence", dir} {
			col, list := collectIn(t, Options{}, in)
			if want := []string{"host/a.evtx read", "near unreadable", "out unreadable"}; !slices.Equal(list, want) {
				t.Errorf("%s in %s: %q, want %q", in, cwd, list, want)
			}
			for _, f := range col.Files {
				if want := "add --evtx '" + in + "/" + f.Path + "'"; f.Status == Unreadable &&
					!strings.HasSuffix(f.Detail, want) {
					t.Errorf("%s in %s: %q, want %q", in, cwd, f.Detail, want)
				}
			}
		}
	}
}
