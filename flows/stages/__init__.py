"""The stages of the cycle as plain functions: each reads the store, works, and writes the store.

Every stage can be killed and run again by itself with the same result.
"""
