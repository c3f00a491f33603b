package shard_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hunt/timeline/shard"
)

// A file that is no shard is refused before anything of it is believed.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(name, []byte("not a shard"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	_, err = shard.Open(name)
	fmt.Println(errors.Is(err, shard.ErrNoShard))
	// Output: true
}
