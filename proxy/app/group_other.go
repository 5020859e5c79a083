//go:build !unix

package app

import (
	"os"
	"os/exec"
)

// Without process groups the command alone is ended; its workers are its own
// affair.
func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd)      { _ = cmd.Process.Kill() }
func terminateGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func groupAlive(*exec.Cmd) bool { return false }

func exitCode(state *os.ProcessState) int { return state.ExitCode() }
