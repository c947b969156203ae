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

// otherURL reports whether a place is a URL of something else, which would make a path that nobody wants.
func otherURL(place string) bool {
	scheme, _, found := strings.Cut(place, "://")
	return found && scheme != "" && strings.Trim(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz0123456789+-.") == "" && !isPostgres(place)
}

// Redacted returns a place without the passwords of a URL.
func Redacted(place string) string {
	if !isPostgres(place) && !otherURL(place) {
		return place
	}
	u, err := url.Parse(place)
	if err != nil {
		return "the URL" // it may hold a password
	}
	q := u.Query()
	for _, secret := range []string{"password", "sslpassword"} {
		if q.Has(secret) {
			q.Set(secret, "xxxxx")
			u.RawQuery = q.Encode()
		}
	}
	return u.Redacted()
}
