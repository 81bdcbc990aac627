// Package guest lets Go functions be called as tasks of pledge.
package guest
