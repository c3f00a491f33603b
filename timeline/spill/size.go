package spill

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseSize reads 512MiB, 512M, 1G or a number of bytes.
func ParseSize(s string) (int64, error) {
	u := strings.ToUpper(strings.TrimSpace(s))
	u = strings.TrimSuffix(strings.TrimSuffix(u, "B"), "I")
	unit := int64(1)
	if n := len(u); n > 0 {
		if i := strings.IndexByte("KMGT", u[n-1]); i >= 0 {
			unit = 1 << (10 * (i + 1))
			u = u[:n-1]
		}
	}
	n, err := strconv.ParseInt(u, 10, 64)
	if err != nil || n <= 0 || n > (1<<62)/unit {
		return 0, fmt.Errorf("invalid size %q: use a number with KiB, MiB or GiB, such as 512MiB", s)
	}
	return n * unit, nil
}
