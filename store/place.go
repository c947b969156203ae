package store

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Variable is the environment variable that says where the store is.
const Variable = "DESCENT_STORE"

// DefaultPlace returns where the store of a user is: $DESCENT_STORE if it is set, a path or a
// PostgreSQL URL; else descent/runs.db in the folder for data: $XDG_DATA_HOME, or %LocalAppData% on
// Windows and ~/.local/share elsewhere.
func DefaultPlace() (string, error) {
	if place := os.Getenv(Variable); place != "" {
		return place, nil
	}
	dir := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(dir) { // the XDG specification: ignore what is relative
		dir = ""
		if runtime.GOOS == "windows" {
			dir = os.Getenv("LocalAppData")
		}
	}
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", errors.New("store: no home folder is known: want a place in $" + Variable)
		}
		dir = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(dir, "descent", "runs.db"), nil
}

func isPostgres(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// Redacted returns a place without the password of a URL.
func Redacted(place string) string {
	if !isPostgres(place) {
		return place
	}
	u, err := url.Parse(place)
	if err != nil {
		return "the PostgreSQL URL" // it may hold a password
	}
	if q := u.Query(); q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}
