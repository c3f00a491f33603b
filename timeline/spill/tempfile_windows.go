package spill

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// fileFlagDeleteOnClose is FILE_FLAG_DELETE_ON_CLOSE of CreateFileW; os.OpenFile passes such flags on.
const fileFlagDeleteOnClose = 0x04000000

func createTemp(dir string) (*os.File, error) {
	name := filepath.Join(dir, fmt.Sprintf("hunt-%d-%016x.tmp", os.Getpid(), rand.Uint64()))
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|fileFlagDeleteOnClose, 0o600)
}
