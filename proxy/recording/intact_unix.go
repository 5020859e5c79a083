//go:build unix

package recording

import (
	"fmt"
	"syscall"
)

// intact makes sure that the file still has a name, and nothing but our lines:
// what is written to a removed file succeeds, and is lost.
func (w *Writer) intact() error {
	var s syscall.Stat_t
	err := syscall.Fstat(int(w.file.Fd()), &s)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", w.file.Name(), err)
	case s.Nlink == 0:
		return fmt.Errorf("%s was removed while it was written: run golive again, and leave the folder alone", w.file.Name())
	case s.Size != w.size:
		return fmt.Errorf("%s was changed while it was written: run golive again, and leave the file alone", w.file.Name())
	}
	return nil
}
