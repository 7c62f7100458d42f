"""A practice ITSM estate with planted truth: records, exports, and what is true about them."""
