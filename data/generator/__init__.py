"""The invented sample: three ministries, their people, surveys and documents, from one seed; nobody in it is real."""
